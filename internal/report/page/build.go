package page

import (
	"bytes"
	"encoding/json"
	"reflect"

	"github.com/klauspost/compress/gzip"

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

// Build makes the page of one profile, or of an earlier and a later one, and returns it with its encoding:
// JSON, compressed by gzip.
func Build(sources []*view.Source, o Options) (*Page, []byte, error) {
	b, err := newBuilder(sources, o)
	if err != nil {
		return nil, nil, err
	}
	page := b.page()
	data, err := encode(page)
	return page, data, err
}

// encode returns a page as JSON, compressed.
func encode(p *Page) ([]byte, error) {
	var out bytes.Buffer
	z, err := gzip.NewWriterLevel(&out, gzip.BestCompression)
	if err != nil {
		return nil, err
	}
	fillLists(reflect.ValueOf(p))
	e := json.NewEncoder(z)
	e.SetEscapeHTML(false) // it is in base64
	if err := e.Encode(p); err != nil {
		return nil, err
	}
	if err := z.Close(); err != nil {
		return nil, err
	}
	return out.Bytes(), nil
}

// fillLists makes lists that are nil empty, so that a browser has a list for each, and not null.
func fillLists(v reflect.Value) {
	switch v.Kind() {
	case reflect.Pointer:
		if !v.IsNil() {
			fillLists(v.Elem())
		}
	case reflect.Struct:
		for i := range v.NumField() {
			fillLists(v.Field(i))
		}
	case reflect.Slice:
		if v.IsNil() {
			v.Set(reflect.MakeSlice(v.Type(), 0, 0))
		}
		switch v.Type().Elem().Kind() {
		case reflect.Pointer, reflect.Struct, reflect.Slice:
			for i := range v.Len() {
				fillLists(v.Index(i))
			}
		}
	}
}
