package console

import "testing"

func TestWhatStandsBesideAThingIsWrappedInItsColumn(t *testing.T) {
	const text = `A paragraph of some words
that goes on here, and on.

  thing one    what it is for, in some words
               that go on
  prog 'a b'   another
  typed \
      and typed on
After it.`
	for width, want := range map[int]string{
		40: `A paragraph of some words that goes on
here, and on.

  thing one    what it is for, in some
               words that go on
  prog 'a b'   another
  typed \
      and typed on
After it.`,
		30: `A paragraph of some words that
goes on here, and on.

  thing one
      what it is for, in some
      words that go on
  prog 'a b'
      another
  typed \
      and typed on
After it.`,
	} {
		if got := wrapText(text, width); got != want {
			t.Errorf("at %d columns:\n%s\nwant\n%s", width, got, want)
		}
	}
}
