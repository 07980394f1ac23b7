// Builds the documentation server of Go's tools. Later versions of them ask for a later Go than Debian has.
module lab

go 1.19

require golang.org/x/tools v0.24.0

require (
	github.com/yuin/goldmark v1.4.13 // indirect
	golang.org/x/mod v0.20.0 // indirect
)
