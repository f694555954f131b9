"""The capture: options in, picture out. Knows no vendor, no AWS, no browser library and no web framework."""
