package page

import "heapprof/internal/report/view"

// Options are what a page is to have.
type Options struct {
	Maker string // who makes the page: "heapprof" and its version

	// Limit is how many bytes the encoded page may have; 0: a default that makes a file of about 1 MB of data.
	Limit int

	// Words adds to a page what is said in words. It is called again where the page has to be made smaller.
	Words func(*Page, *Index)

	// Lines returns lines of a source file, each without its end, the first of which is the line with the
	// number first: fewer than n where the file has fewer, none where it is not at hand. nil: no source is embedded.
	Lines func(file string, first, n int) []string
}

// Index finds what of a profile has which index in a page.
type Index struct{}

// Build makes the page of one profile, or of an earlier and a later one, and returns it with its encoding:
// JSON, compressed by gzip.
func Build(sources []*view.Source, o Options) (*Page, []byte, error) {
	panic("not written yet")
}
