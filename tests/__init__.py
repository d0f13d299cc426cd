"""Tests of the code, of the curated content and of the promises that the project makes."""
