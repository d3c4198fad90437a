package page

import (
	"bytes"
	"encoding/json"
	"reflect"

	"github.com/klauspost/compress/gzip"
)

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
