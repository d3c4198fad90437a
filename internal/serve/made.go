package serve

import (
	"context"
	"time"
)

// made is something that takes time to make. It is made once for all who ask at the same time, and not again as long as
// it is new enough, so that however many ask, not more than a part of one processor is spent on it.
type made[T any] struct {
	turn chan struct{} // whoever has it may look and make

	value T
	state State
	at    time.Time     // when making it began
	cost  time.Duration // how long that took
	count uint64        // how often it was made
}

func newMade[T any]() made[T] { return made[T]{turn: make(chan struct{}, 1)} }

// rest is how many times as long as making it takes nothing is made anew: a tenth of a processor is spent at most.
const rest = 9

// atOnce is the age for what must be of this moment, whatever it costs.
const atOnce = -1

// get returns the value, made by make unless it is younger than age, or than what it cost allows, or nothing changes any
// more. now tells the time, and state what becomes of the numbers.
func (m *made[T]) get(ctx context.Context, age time.Duration, now func() time.Time, state State, make func() (T, error)) (T, uint64, error) {
	var none T
	select {
	case m.turn <- struct{}{}:
		defer func() { <-m.turn }()
	case <-ctx.Done():
		return none, 0, ctx.Err()
	}
	begin := now()
	if m.count > 0 && m.state == state && (state != Live || age != atOnce && begin.Sub(m.at) < max(age, m.cost+rest*m.cost)) {
		return m.value, m.count, nil
	}
	value, err := make()
	if err != nil {
		return none, 0, err
	}
	m.value, m.state, m.at, m.cost = value, state, begin, now().Sub(begin)
	m.count++
	return m.value, m.count, nil
}
