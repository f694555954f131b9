"""Website screenshots and change monitoring in your own AWS account."""
