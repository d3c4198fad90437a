package madecode

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"strconv"
)

// ReadMap calls code with each piece of code that a perf map names, in the order of the file, whose
// lines are such as "7f04037e3f40 378 JS:~parse /srv/app.js:2:21": address and bytes in hexadecimal digits
// (Linux: tools/perf/Documentation/jit-interface.txt). Its Order is how many bytes of the file
// end with its line. Lines of another form are passed over. An error is the reader's.
func ReadMap(r io.Reader, code func(Code)) error {
	lines := bufio.NewReaderSize(r, 64<<10)
	var order uint64
	for {
		line, err := lines.ReadSlice('\n')
		order += uint64(len(line))
		whole := err == nil || errors.Is(err, io.EOF) || errors.Is(err, bufio.ErrBufferFull)
		if c, ok := parseMapLine(line); ok && whole {
			c.Order = order
			code(c)
		}
		for errors.Is(err, bufio.ErrBufferFull) { // longer than a line that tells anything
			line, err = lines.ReadSlice('\n')
			order += uint64(len(line))
		}
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
	}
}

// parseMapLine reads a line of a perf map.
func parseMapLine(line []byte) (c Code, ok bool) {
	start, rest, _ := bytes.Cut(bytes.TrimRight(line, "\r\n"), []byte(" "))
	size, name, ok := bytes.Cut(bytes.TrimLeft(rest, " "), []byte(" "))
	if !ok || len(name) == 0 {
		return c, false
	}
	var err, sizeErr error
	c.Start, err = parseHex(start)
	c.Size, sizeErr = parseHex(size)
	if err != nil || sizeErr != nil || c.Start+c.Size < c.Start {
		return c, false
	}
	c.Name = cut(name)
	return c, true
}

// parseHex reads hexadecimal digits, which some runtimes write with a 0x before them.
func parseHex(digits []byte) (uint64, error) {
	digits = bytes.TrimPrefix(digits, []byte("0x"))
	return strconv.ParseUint(string(digits), 16, 64)
}
