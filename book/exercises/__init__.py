"""The exercises of the chapters: solutions, of which the notebooks show the skeletons, and checks that run there."""
