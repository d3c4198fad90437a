package format

import (
	"bytes"
	"errors"
	"io"
	"testing"
	"testing/iotest"
)

func TestPipeHandsOnAllThatIsWrittenAndTheError(t *testing.T) {
	data := bytes.Repeat([]byte("0123456789abcdefghijklmnopqrstu"), 100_000) // no multiple of a piece
	for _, last := range []error{nil, errors.New("the disk fell off")} {
		for _, each := range []int{1000, pieceBytes, 5 * pieceBytes} {
			p := newPipe()
			go func() {
				for rest := data; len(rest) > 0; {
					n, err := p.Write(rest[:min(each, len(rest))])
					if err != nil {
						t.Error(err)
						return
					}
					rest = rest[n:]
				}
				p.closeWrite(last)
			}()
			if got, err := io.ReadAll(iotest.HalfReader(p)); err != last || !bytes.Equal(got, data) {
				t.Errorf("of %d bytes, %d at a time, came %d and the error %v, want %v", len(data), each, len(got), err, last)
			}
		}
	}
}

func TestPipeIsWrittenWhileNobodyReads(t *testing.T) {
	p := newPipe()
	if n, err := p.Write(make([]byte, pieces*pieceBytes)); n != pieces*pieceBytes || err != nil {
		t.Errorf("%d bytes were written: %v", n, err)
	}
}

func TestWriterOfAPipeLearnsThatNobodyReads(t *testing.T) {
	full := errors.New("no space left")
	p := newPipe()
	go func() {
		io.ReadFull(p, make([]byte, pieceBytes))
		p.closeRead(full)
	}()
	if n, err := p.Write(make([]byte, 100*pieceBytes)); err != full || n > (pieces+2)*pieceBytes {
		t.Errorf("%d bytes were written: %v, want %v", n, err, full)
	}
}
