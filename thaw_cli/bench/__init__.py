"""Measures cold and warm starts: whole processes against an emulated Runtime API, interleaved, raw samples kept."""
