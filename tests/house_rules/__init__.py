"""What was said twice in review, as small programs: each test states one rule of this project."""
