"""What templates of a project may use: `{% load status_figures %}`."""
