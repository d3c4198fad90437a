//go:build linux

package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/binary"
	"fmt"
	"io"
	"net"
	"strings"
	"time"
)

// session is a connection to PostgreSQL that makes simple queries. (PostgreSQL's manual: "Frontend/Backend Protocol".)
type session struct {
	conn net.Conn
	in   *bufio.Reader
}

// queryError is an error that the server tells of.
type queryError struct{ code, text string }

func (e *queryError) Error() string { return e.code + ": " + e.text }

// begin begins a session of the user torture, who needs no password.
func begin(ctx context.Context, address string) (*session, error) {
	conn, err := dial(ctx, "tcp", address)
	if err != nil {
		return nil, err
	}
	s := &session{conn: conn, in: bufio.NewReader(conn)}
	const protocol = 3 << 16
	body := binary.BigEndian.AppendUint32(nil, protocol)
	body = append(body, "user\x00torture\x00database\x00postgres\x00\x00"...)
	if _, err = conn.Write(append(binary.BigEndian.AppendUint32(nil, uint32(len(body)+4)), body...)); err == nil {
		_, err = s.answer()
	}
	if err != nil {
		conn.Close()
		return nil, err
	}
	return s, nil
}

// close ends the session as a client should.
func (s *session) close() {
	s.conn.Write([]byte{'X', 0, 0, 0, 4})
	s.conn.Close()
}

// query returns the rows of the answer: a line each, with | between the fields.
func (s *session) query(text string) (string, error) {
	s.conn.SetDeadline(time.Now().Add(answerPatience))
	message := binary.BigEndian.AppendUint32([]byte{'Q'}, uint32(len(text)+5))
	if _, err := s.conn.Write(append(append(message, text...), 0)); err != nil {
		return "", err
	}
	return s.answer()
}

// answer reads up to where the server is ready for the next query.
func (s *session) answer() (string, error) {
	var rows []string
	var refused error
	for {
		var head [5]byte
		if _, err := io.ReadFull(s.in, head[:]); err != nil {
			return "", err
		}
		body := make([]byte, binary.BigEndian.Uint32(head[1:])-4)
		if _, err := io.ReadFull(s.in, body); err != nil {
			return "", err
		}
		switch head[0] {
		case 'D':
			rows = append(rows, row(body))
		case 'E':
			refused = refusal(body)
		case 'Z':
			return strings.Join(rows, "\n"), refused
		}
		if head[0] == 'E' && bytes.Contains(body, []byte("SFATAL\x00")) {
			return "", fmt.Errorf("the session is over: %w", refused)
		}
	}
}

// row returns the fields of a row's message.
func row(body []byte) string {
	count := int(binary.BigEndian.Uint16(body))
	fields := make([]string, count)
	at := 2
	for i := range fields {
		n := int(int32(binary.BigEndian.Uint32(body[at:])))
		at += 4
		if n >= 0 {
			fields[i] = string(body[at : at+n])
			at += n
		}
	}
	return strings.Join(fields, "|")
}

// refusal returns what a message of an error says.
func refusal(body []byte) error {
	e := &queryError{}
	for _, field := range bytes.Split(body, []byte{0}) {
		if len(field) == 0 {
			continue
		}
		switch field[0] {
		case 'C':
			e.code = string(field[1:])
		case 'M':
			e.text = string(field[1:])
		}
	}
	return e
}
