"""The pages that people look at. They are imported when the first of them is asked for, and Jinja2 with them."""
