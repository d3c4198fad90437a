package dlang

import (
	"encoding/hex"
	"strconv"
	"strings"
)

// valueKind returns the letter of the type that comes next, which says how a value of it is written.
func (d *decoder) valueKind() byte {
	c, at := d.peek(), d.at
	for range maxDepth {
		switch c {
		case 'Q':
			from := d.at
			d.at = at
			at = d.reference()
			d.at = from
			if at < 0 {
				return 0
			}
			c = d.byteAt(at)
		case 'x', 'y', 'O': // constant, immutable, shared
			at++
			c = d.byteAt(at)
		default:
			return c
		}
	}
	return 0
}

// value reads the value of an argument, whose type has a letter.
func (d *decoder) value(kind byte) string {
	if !d.enter() {
		return ""
	}
	defer d.leave()
	switch c := d.peek(); {
	case isDigit(c):
		return d.integer(kind)
	case c == 'i':
		d.at++
		return d.integer(kind)
	case c == 'N':
		d.at++
		return "-" + d.integer(kind)
	case c == 'n':
		d.at++
		return "null"
	case c == 'e':
		d.at++
		return d.real()
	case c == 'c':
		d.at++
		re := d.real()
		if !d.take("c") {
			return d.fail()
		}
		return re + "+" + d.real() + "i"
	case c == 'a', c == 'w', c == 'd':
		d.at++
		return d.text8(c)
	case c == 'A':
		d.at++
		return d.list(kind == 'H')
	case c == 'S':
		d.at++
		return "(" + strings.Trim(d.list(false), "[]") + ")"
	case c == 'f':
		d.at++
		if !d.take("_D") {
			return d.fail()
		}
		return d.whole()
	}
	return d.fail()
}

// integer reads a whole number, or what else is written as one.
func (d *decoder) integer(kind byte) string {
	from := d.at
	for isDigit(d.peek()) {
		d.at++
	}
	digits := d.text[from:d.at]
	if digits == "" {
		return d.fail()
	}
	n, err := strconv.ParseUint(digits, 10, 64)
	switch {
	case err != nil:
	case kind == 'b' && n <= 1:
		return strconv.FormatBool(n == 1)
	case strings.IndexByte("auw", kind) >= 0 && n > ' ' && n < 0x7f:
		return "'" + string(rune(n)) + "'"
	}
	return digits
}

// real reads a floating point number, in hexadecimal digits.
func (d *decoder) real() string {
	switch {
	case d.take("NAN"):
		return "nan"
	case d.take("INF"):
		return "inf"
	case d.take("NINF"):
		return "-inf"
	}
	sign := ""
	if d.take("N") {
		sign = "-"
	}
	from := d.at
	for c := d.peek(); isDigit(c) || c >= 'A' && c <= 'F'; c = d.peek() {
		d.at++
	}
	mantissa := d.text[from:d.at]
	if mantissa == "" || !d.take("P") {
		return d.fail()
	}
	power := ""
	if d.take("N") {
		power = "-"
	}
	power += strconv.Itoa(d.number())
	// The point stands after the first digit.
	number := sign + "0x" + mantissa[:1] + "." + mantissa[1:] + "p" + power
	if f, err := strconv.ParseFloat(number, 64); err == nil {
		return strconv.FormatFloat(f, 'g', -1, 64)
	}
	return number
}

// text8 reads a text, of which the letter says how wide its characters are.
func (d *decoder) text8(letter byte) string {
	n := d.number()
	if !d.take("_") || n > (len(d.text)-d.at)/2 {
		return d.fail()
	}
	bytes, err := hex.DecodeString(d.text[d.at : d.at+2*n])
	if err != nil {
		return d.fail()
	}
	d.at += 2 * n
	text := strconv.Quote(string(bytes))
	if letter != 'a' {
		text += string(rune(letter))
	}
	return text
}

// list reads the values of an array, or of one whose keys are values too.
func (d *decoder) list(hasKeys bool) string {
	var all []string
	size := 0
	for n := d.number(); n > 0; n-- {
		one := d.value(0)
		if hasKeys {
			one += ":" + d.value(0)
		}
		if size += len(one); d.failed || size > maxName {
			return d.fail()
		}
		all = append(all, one)
	}
	return "[" + strings.Join(all, ", ") + "]"
}
