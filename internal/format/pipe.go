package format

import "io"

// pipe is as io.Pipe, from one thread to one other, but holds some pieces of what was written
// and not read yet: so the two work at the same time, where io.Pipe has them take turns.
type pipe struct {
	full chan []byte // pieces to be read; closed at the end
	free chan []byte // pieces to be filled
	last error       // why it ended, io.EOF for no error; set before full is closed

	gone    chan struct{} // closed when nothing is read any more
	refused error         // what a write is then told; set before gone is closed

	filling     []byte // the piece that is being written
	piece, rest []byte // the piece that is being read, and what is left of it
}

// A pipe holds at most so many bytes: what a thread does while the other one waits for a
// processor.
const (
	pieces     = 8
	pieceBytes = 64 << 10
)

func newPipe() *pipe {
	p := &pipe{full: make(chan []byte, pieces), free: make(chan []byte, pieces), gone: make(chan struct{})}
	for range pieces {
		p.free <- make([]byte, pieceBytes)
	}
	return p
}

// Write writes b, or fails with the error of closeRead.
func (p *pipe) Write(b []byte) (written int, err error) {
	for written < len(b) {
		if p.filling == nil {
			select {
			case piece := <-p.free:
				p.filling = piece[:0]
			case <-p.gone:
				return written, p.refused
			}
		}
		n := min(len(b)-written, pieceBytes-len(p.filling))
		p.filling = append(p.filling, b[written:written+n]...)
		written += n
		if len(p.filling) == pieceBytes {
			p.handOver()
		}
	}
	return written, nil
}

// handOver has the piece that was filled read. There is room for all pieces that there are.
func (p *pipe) handOver() { p.full <- p.filling; p.filling = nil }

// closeWrite ends what is written: by err, or regularly if that is nil.
func (p *pipe) closeWrite(err error) {
	if len(p.filling) > 0 {
		p.handOver()
	}
	if p.last = err; err == nil {
		p.last = io.EOF
	}
	close(p.full)
}

// Read reads what was written, and then the error of closeWrite, io.EOF for none.
func (p *pipe) Read(b []byte) (int, error) {
	if len(p.rest) == 0 {
		if p.piece != nil {
			p.free <- p.piece
		}
		var ok bool
		if p.piece, ok = <-p.full; !ok {
			p.piece = nil
			return 0, p.last
		}
		p.rest = p.piece
	}
	n := copy(b, p.rest)
	p.rest = p.rest[n:]
	return n, nil
}

// closeRead ends the reading: whatever is written from then on fails by err.
func (p *pipe) closeRead(err error) {
	p.refused = err
	close(p.gone)
}

// Close ends the reading. It does not wait for the thread that writes, which may itself wait
// for input.
func (p *pipe) Close() error {
	p.closeRead(io.ErrClosedPipe)
	return nil
}
