package terminal

import "charm.land/lipgloss/v2"

// styles are how parts of the screen look. Without colour they are bold, faint or reversed: nothing is told by colour
// alone.
type styles struct {
	bold, faint, title, selected, bar, more, less, warning lipgloss.Style
}

// newStyles takes the terminal's own sixteen colours, which its owner chose to be legible.
func newStyles(color bool) styles {
	plain := lipgloss.NewStyle()
	s := styles{
		bold: plain.Bold(true), faint: plain.Faint(true), title: plain.Bold(true).Reverse(true), selected: plain.Reverse(true),
		bar: plain, more: plain, less: plain, warning: plain.Bold(true),
	}
	if color {
		s.bar = plain.Foreground(lipgloss.Cyan)
		s.more, s.less, s.warning = plain.Foreground(lipgloss.Red), plain.Foreground(lipgloss.Green), plain.Foreground(lipgloss.Yellow)
	}
	return s
}
