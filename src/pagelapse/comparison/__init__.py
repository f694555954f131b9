"""What has changed between two pictures of a page, and between two texts of it. Knows no AWS, no browser, no vendor."""
