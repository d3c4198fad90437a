package view

import "strconv"

// Number is a number of a row under its name, for a program to read: not rounded, as JSON
// and CSV write it. Lifetime, an average, is the only fraction. The name of an estimate
// begins with "estimated-".
type Number struct{ Name, Text string }

// Called is the name of a number of the view's for a program to read.
func (v *View) Called(number string) string {
	if v.Units.Estimated {
		return "estimated-" + number
	}
	return number
}

// Values returns the metrics of a row that all of the view's profiles recorded, after
// "points", the number of program points that were added up. If these are more than one,
// max-bytes and max-blocks are upper bounds.
func (v *View) Values(s *Sums) []Number {
	out := make([]Number, 0, len(v.Metrics)+2)
	out = append(out, Number{"points", strconv.Itoa(s.Points())})
	for _, m := range v.Metrics {
		if m == Lifetime {
			out = append(out, Number{v.Called("lifetime-sum"), strconv.FormatUint(s.Get(m), 10)}, Number{v.Called(m.String()), Decimal(s.AverageLifetime())})
			continue
		}
		out = append(out, Number{v.Called(m.String()), strconv.FormatUint(s.Get(m), 10)})
	}
	return out
}

// Changes returns after − before, for the metrics that both profiles recorded.
func (d *Diff) Changes(r *Row) []Number {
	var out []Number
	for _, m := range d.Metrics {
		c := r.Change(m)
		number := Decimal(c.After - c.Before)
		if m != Lifetime {
			number = strconv.FormatUint(c.Abs(), 10)
			if c.Sign() < 0 {
				number = "-" + number
			}
		}
		out = append(out, Number{d.Called(m.String()), number})
	}
	return out
}

// Decimal writes a fraction for a program to read: with all of its digits.
func Decimal(v float64) string { return strconv.FormatFloat(v, 'f', -1, 64) }
