"""Bulk jobs: a site's pages by its sitemap, and their pictures in one archive. Knows no AWS and no web framework."""
