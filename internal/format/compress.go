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
		return ahead(d), nil
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

// ahead returns a reader of what r reads, on a thread of its own while what came before is
// looked at: a profile then takes no longer to read than a plain one.
func ahead(r io.Reader) io.ReadCloser {
	p := newPipe()
	go func() {
		_, err := io.Copy(p, r)
		p.closeWrite(err)
	}()
	return p
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

// Compress has the function fill write to w, compressed as the suffix of name asks: .gz, .zst, or
// else not at all. Equal content becomes equal bytes.
//
// It compresses on a thread of its own while fill makes what comes next, and gzip at its
// fastest level: so it takes no longer than to write as many bytes plain, which are fifteen
// times as many.
func Compress(w io.Writer, name string, fill func(io.Writer) error) error {
	var zw io.WriteCloser
	var err error
	switch {
	case strings.HasSuffix(name, ".gz"):
		zw, err = gzip.NewWriterLevel(w, gzip.BestSpeed)
	case strings.HasSuffix(name, ".zst"):
		zw, err = zstd.NewWriter(w)
	default:
		return fill(w)
	}
	if err != nil {
		return err
	}
	p := newPipe()
	compressed := make(chan error, 1)
	go func() {
		_, err := io.Copy(zw, p)
		if closeErr := zw.Close(); err == nil {
			err = closeErr
		}
		p.closeRead(err)
		compressed <- err
	}()
	err = fill(p)
	p.closeWrite(err)
	if ended := <-compressed; err == nil {
		err = ended
	}
	return err
}
