"""How the app looks: tokens, palettes and style sheet made from them, fonts and icons."""
