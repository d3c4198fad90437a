package page

import (
	"heapprof/internal/report/view"
)

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

// defaultLimit is how many bytes are a million when they are in base64.
const defaultLimit = 1_000_000 / 4 * 3

// Build makes the page of one profile, or of an earlier and a later one, and returns it with its encoding:
// JSON, compressed by gzip. It has no more than the limit unless the words alone are larger.
func Build(sources []*view.Source, o Options) (*Page, []byte, error) {
	if o.Limit == 0 {
		o.Limit = defaultLimit
	}
	b, err := newBuilder(sources, o)
	if err != nil {
		return nil, nil, err
	}
	for l := b.firstLimits(); ; {
		d := b.draft(l)
		data, err := encode(d.page)
		if err != nil {
			return nil, nil, err
		}
		limit := o.Limit
		if d.page.Windows != nil {
			limit -= limit / 4 // that much at least is for them
		}
		if len(data) <= limit || l.isLeast() {
			data, err = d.fill(data)
			return d.page, data, err
		}
		// What is left out first weighs least, and is more often a number of few digits than the rest.
		const margin = 0.9
		l = l.smaller(margin * float64(limit) / float64(len(data)))
	}
}

// fill adds windows where there is room for them in a page, with the encoding that it has without them, and returns its encoding.
func (d *draft) fill(data []byte) ([]byte, error) {
	if d.page.Windows == nil {
		return data, nil
	}
	records := d.firstWindows()
	for room := d.options.Limit - len(data); ; {
		records = d.fitWindows(records, room)
		d.addWindows(records)
		whole, err := encode(d.page)
		if err != nil || len(whole) <= d.options.Limit && len(records.list) > 0 {
			return whole, err
		}
		if len(records.list) == 0 { // there are so many sites, or moments, that there is no room for the smallest
			d.page.Windows = nil
			d.addWords()
			return encode(d.page)
		}
		room -= 2 * (len(whole) - d.options.Limit)
	}
}
