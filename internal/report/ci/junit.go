package ci

import (
	"encoding/xml"
	"fmt"
	"io"
	"strings"
)

// The elements of JUnit's XML, those that GitLab and Jenkins read. Sources:
// https://docs.gitlab.com/ci/testing/unit_test_reports/ and
// https://github.com/jenkinsci/xunit-plugin/blob/master/src/main/resources/org/jenkinsci/plugins/xunit/types/model/xsd/junit-10.xsd
type (
	testSuites struct {
		XMLName  xml.Name    `xml:"testsuites"`
		Tests    int         `xml:"tests,attr"`
		Failures int         `xml:"failures,attr"`
		Errors   int         `xml:"errors,attr"`
		Skipped  int         `xml:"skipped,attr"`
		Suites   []testSuite `xml:"testsuite"`
	}
	testSuite struct {
		Name     string     `xml:"name,attr"`
		Tests    int        `xml:"tests,attr"`
		Failures int        `xml:"failures,attr"`
		Errors   int        `xml:"errors,attr"`
		Skipped  int        `xml:"skipped,attr"`
		Time     string     `xml:"time,attr"`
		Cases    []testCase `xml:"testcase"`
	}
	testCase struct {
		Name    string  `xml:"name,attr"`
		Class   string  `xml:"classname,attr"`
		File    string  `xml:"file,attr,omitempty"`
		Time    string  `xml:"time,attr"`
		Failure *result `xml:"failure"`
		Error   *result `xml:"error"`
		Skipped *result `xml:"skipped"`
		Out     string  `xml:"system-out,omitempty"`
	}
	result struct {
		Message string `xml:"message,attr"`
		Type    string `xml:"type,attr"`
		Text    string `xml:",chardata"`
	}
)

// JUnit writes a suite for each check, and in it a test case for each limit, so that a system which compares the
// cases of two builds names the limit that is exceeded now. A limit that cannot be judged is an error, as is a
// program that failed.
func JUnit(w io.Writer, checks []Check) error {
	all := testSuites{Suites: make([]testSuite, 0, len(checks))}
	for i := range checks {
		s := suiteOf(&checks[i])
		all.Tests += s.Tests
		all.Failures += s.Failures
		all.Errors += s.Errors
		all.Skipped += s.Skipped
		all.Suites = append(all.Suites, s)
	}
	if _, err := io.WriteString(w, xml.Header); err != nil {
		return err
	}
	e := xml.NewEncoder(w)
	e.Indent("", "  ")
	if err := e.Encode(&all); err != nil {
		return err
	}
	_, err := io.WriteString(w, "\n")
	return err
}

// suiteOf returns a check as a suite. One without limits is a case of its own, so that it is there.
func suiteOf(c *Check) testSuite {
	name := c.Name
	if c.Group != "" {
		name = c.Group + "." + c.Name
	}
	seconds := fmt.Sprintf("%.3f", c.Seconds)
	s := testSuite{Name: name, Time: seconds}
	add := func(x testCase) {
		x.Class, x.Time = name, "0.000"
		if len(s.Cases) == 0 {
			x.Time = seconds // of the whole, so that sums are right
		}
		s.Tests++
		if x.Failure != nil {
			s.Failures++
		}
		if x.Error != nil {
			s.Errors++
		}
		if x.Skipped != nil {
			s.Skipped++
		}
		s.Cases = append(s.Cases, x)
	}
	switch {
	case c.Outcome == Broken:
		add(testCase{Name: c.Name, Error: &result{c.Failure, string(Broken), c.Failure}})
	case len(c.Limits) == 0:
		add(testCase{Name: c.Name})
	}
	for i := range c.Limits {
		add(caseOf(c, &c.Limits[i]))
	}
	return s
}

func caseOf(c *Check, l *Limit) testCase {
	x := testCase{Name: l.Subject, File: l.place().Path}
	if l.Increase {
		x.Name += " increase"
	}
	if l.Budget != "" {
		x.Name = l.Budget + ": " + x.Name
	}
	text := l.Text + "\n"
	for _, s := range l.Sites {
		text += s.String() + "\n"
	}
	if c.Profile != "" {
		text += c.Profile + "\n"
	}
	switch l.Outcome {
	case Exceeded:
		x.Failure = &result{l.Text, string(Exceeded), text}
	case Unknown:
		x.Error = &result{l.Text, string(Unknown), text}
	case Skipped:
		x.Skipped = &result{l.Text, string(Skipped), text}
	default:
		x.Out = l.Text
	}
	return x
}

// String returns where a site is, as compilers write it, which editors and log viewers know.
func (s Site) String() string {
	var parts []string
	if s.File != "" {
		parts = append(parts, fmt.Sprintf("%s:%d:", s.File, s.Line))
	}
	return strings.Join(append(parts, fmt.Sprintf("%s: %d", s.Function, s.Amount)), " ")
}
