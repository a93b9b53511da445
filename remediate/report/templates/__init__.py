"""The page and the style of the HTML report."""
