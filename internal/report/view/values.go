package view

import "strconv"

// Exact is a number of a row under its name, for a program to read: exact, as JSON and
// CSV write it. Lifetime, an average, is the only fraction.
type Exact struct{ Name, Number string }

// Values lists the metrics of a row that all of the view's profiles recorded, after
// "points", how many program points were added up: where these are more than one,
// max-bytes and max-blocks are upper bounds.
func (v *View) Values(s *Sums) []Exact {
	out := []Exact{{"points", strconv.Itoa(s.Points())}}
	for _, m := range v.Metrics {
		if m == Lifetime {
			out = append(out, Exact{"lifetime-sum", strconv.FormatUint(s.Get(m), 10)}, Exact{m.String(), Decimal(s.AverageLifetime())})
			continue
		}
		out = append(out, Exact{m.String(), strconv.FormatUint(s.Get(m), 10)})
	}
	return out
}

// Changes lists, after − before, of the metrics that both profiles recorded.
func (d *Diff) Changes(r *Row) []Exact {
	var out []Exact
	for _, m := range d.Metrics {
		c := r.Change(m)
		number := Decimal(c.After - c.Before)
		if m != Lifetime {
			number = strconv.FormatUint(c.Abs(), 10)
			if c.Sign() < 0 {
				number = "-" + number
			}
		}
		out = append(out, Exact{m.String(), number})
	}
	return out
}

// Decimal writes a fraction for a program to read: with all of its digits.
func Decimal(v float64) string { return strconv.FormatFloat(v, 'f', -1, 64) }
