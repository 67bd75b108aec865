"""The Qt desktop app of the front line: what people see. Rules and data live in `visits`."""
