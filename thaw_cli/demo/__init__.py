"""The main job, end to end, on this machine: deploy, measure, feed, and show what came out."""
