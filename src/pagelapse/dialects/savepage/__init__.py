"""SavePage's API, from its text "SavePage API"."""
