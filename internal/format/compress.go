package format

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"strings"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"

	"heapprof/internal/profile"
)

// The first bytes of a compressed file: RFC 1952 section 2.3.1 and RFC 8878
// section 3.1.1.
var (
	gzipMagic = []byte{0x1f, 0x8b}
	zstdMagic = []byte{0x28, 0xb5, 0x2f, 0xfd}
)

// maxZstdWindow bounds the memory that a zstd file can ask for; it is the
// window of zstd --long, and what zstd -d itself accepts unasked.
const maxZstdWindow = 128 << 20

// decompress returns the content of r, decompressed if it begins like gzip or zstd. Damaged
// compressed data is a *profile.FormatError.
func decompress(r io.Reader) (io.ReadCloser, error) {
	src := &source{r: r}
	br := bufio.NewReaderSize(src, 64<<10)
	head, err := br.Peek(len(zstdMagic))
	d := &decompressor{src: src}
	switch {
	case bytes.HasPrefix(head, gzipMagic):
		d.format = "gzip"
		zr, err := gzip.NewReader(br)
		if err != nil {
			return nil, d.explain(err)
		}
		d.ReadCloser = zr
	case bytes.HasPrefix(head, zstdMagic):
		d.format = "zstd"
		zr, err := zstd.NewReader(br, zstd.WithDecoderMaxWindow(maxZstdWindow))
		if err != nil {
			return nil, d.explain(err)
		}
		d.ReadCloser = zr.IOReadCloser()
	case err != nil && err != io.EOF:
		return nil, err
	default:
		return io.NopCloser(br), nil
	}
	return d, nil
}

// source keeps the error of its reader, so that it is not taken for damage to the data.
type source struct {
	r   io.Reader
	err error
}

func (s *source) Read(p []byte) (int, error) {
	n, err := s.r.Read(p)
	if err != nil && err != io.EOF {
		s.err = err
	}
	return n, err
}

// decompressor words the errors of a decompressing reader.
type decompressor struct {
	io.ReadCloser
	src    *source
	format string
}

func (d *decompressor) Read(p []byte) (int, error) {
	n, err := d.ReadCloser.Read(p)
	if err != nil && err != io.EOF {
		err = d.explain(err)
	}
	return n, err
}

// explain returns the reader's own error if it had one, else what is wrong with the
// compressed data.
func (d *decompressor) explain(err error) error {
	switch {
	case d.src.err != nil:
		return d.src.err
	case errors.Is(err, io.ErrUnexpectedEOF), err == io.EOF:
		return profile.Formatf("is truncated: its %s data ends early", d.format)
	}
	return profile.Formatf("is damaged: its %s data cannot be read: %v", d.format, err)
}

// compress returns a writer that compresses into w as the suffix of name asks: .gz, .zst,
// or else not at all. It must be closed. Equal content becomes equal bytes.
func compress(w io.Writer, name string) (io.WriteCloser, error) {
	switch {
	case strings.HasSuffix(name, ".gz"):
		return gzip.NewWriter(w), nil
	case strings.HasSuffix(name, ".zst"):
		return zstd.NewWriter(w)
	}
	return nopCloser{w}, nil
}

// nopCloser is a writer whose Close does nothing.
type nopCloser struct{ io.Writer }

func (nopCloser) Close() error { return nil }
