// Marks the root of the module. What is built, and against what, stands in releases/: see ../README.md.
module oracle

go 1.26
