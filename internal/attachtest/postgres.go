//go:build linux

package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// postgres is PostgreSQL with sessions that sort, join, insert, roll back and fail. It is attached to a session's process, and to the postmaster, which forks one
// for each connection.
func postgres() subject {
	return subject{name: "postgres", start: startPostgres}
}

// postgresProgram returns the path of one of PostgreSQL's programs, which Debian keeps out of the way.
func postgresProgram(name string) (string, error) {
	found, _ := filepath.Glob("/usr/lib/postgresql/*/bin/" + name) // the pattern has no fault
	if len(found) > 0 {
		return found[len(found)-1], nil
	}
	return exec.LookPath(name)
}

// asServer has a command run as the user that PostgreSQL wants, where this one is root, which it refuses.
func asServer(cmd *exec.Cmd, dir string) error {
	if os.Getuid() != 0 {
		return nil
	}
	account, err := user.Lookup("postgres")
	if err != nil {
		if account, err = user.Lookup("nobody"); err != nil {
			return err
		}
	}
	uid, err := strconv.Atoi(account.Uid)
	if err != nil {
		return err
	}
	gid, err := strconv.Atoi(account.Gid)
	if err != nil {
		return err
	}
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}}
	cmd.Dir = dir
	return os.Chown(dir, uid, gid)
}

func startPostgres(ctx context.Context, w *workshop) (*running, error) {
	initdb, err := postgresProgram("initdb")
	if err != nil {
		return nil, err
	}
	server, err := postgresProgram("postgres")
	if err != nil {
		return nil, err
	}
	data := filepath.Join(w.dir, "data")
	make := exec.Command(initdb, "-D", data, "-U", "torture", "-A", "trust", "-E", "UTF8", "--locale=C", "--no-sync")
	if err := asServer(make, w.dir); err != nil {
		return nil, err
	}
	if text, err := make.CombinedOutput(); err != nil {
		return nil, fmt.Errorf("initdb: %w\n%s", err, text)
	}
	port, err := freePort()
	if err != nil {
		return nil, err
	}
	cmd := exec.Command(server, "-D", data, "-p", strconv.Itoa(port), "-h", "127.0.0.1", "-k", w.dir, "-F",
		"-c", "autovacuum_naptime=2s", "-c", "max_parallel_workers_per_gather=2", "-c", "min_parallel_table_scan_size=0", "-c", "parallel_setup_cost=0")
	if err := asServer(cmd, w.dir); err != nil {
		return nil, err
	}
	p, err := launch(cmd, w.dir)
	if err != nil {
		return nil, err
	}
	address := net.JoinHostPort("127.0.0.1", strconv.Itoa(port))
	r := &running{answers: &answers{}}
	c, err := startClients(ctx, 3, w.rest, r.answers, func(i int) (client, error) {
		c := &postgresClient{number: i, answers: r.answers, address: address}
		return c, c.connect(ctx, r)
	})
	if err != nil {
		p.cmd.Process.Kill()
		return nil, fmt.Errorf("%w\n%s", err, last(filepath.Join(w.dir, "postgres.log")))
	}
	r.pids = append(r.pids, p.pid())
	r.end = func() error {
		c.end()
		return p.signal(syscall.SIGINT)
	}
	return r, nil
}

// postgresClient is a session, or one that begins anew with each request.
type postgresClient struct {
	number  int
	answers *answers
	address string
	session *session
}

func (c *postgresClient) close() { c.session.close() }

// connect begins a session, and gives the number of the process that serves it, if it is one that stays, to r.
func (c *postgresClient) connect(ctx context.Context, r *running) error {
	var err error
	for deadline := time.Now().Add(endPatience); ; time.Sleep(100 * time.Millisecond) {
		if c.session, err = begin(ctx, c.address); err == nil {
			break
		}
		if time.Now().After(deadline) {
			return err
		}
	}
	if _, err := c.session.query(fmt.Sprintf("create table t%d (k int primary key, v text, n int)", c.number)); err != nil {
		return err
	}
	if c.number == 2 {
		return nil // it comes and goes
	}
	rows, err := c.session.query("select pg_backend_pid()")
	if err != nil {
		return err
	}
	pid, err := strconv.Atoi(rows)
	r.pids = append(r.pids, pid)
	return err
}

// ask has the session work. Everything that it answers follows from the number of the request.
func (c *postgresClient) ask(n int) error {
	if c.number == 2 && n%10 == 9 { // another process of the postmaster's
		c.session.close()
		var err error
		if c.session, err = begin(context.Background(), c.address); err != nil {
			return err
		}
	}
	t := fmt.Sprintf("t%d", c.number)
	value := strings.Repeat(strconv.Itoa(n)+"-", 20+n%400)
	for _, step := range []struct{ query, want string }{
		{"begin", ""},
		{fmt.Sprintf("insert into %s select g, '%s' || g, g %% 7 from generate_series(1, 300) g", t, value), ""},
		{fmt.Sprintf("select count(*), sum(k), max(length(v)) from %s", t), fmt.Sprintf("300|45150|%d", len(value)+3)},
		{fmt.Sprintf("select a.n, count(*), md5(string_agg(a.v, ',' order by a.k desc)) = md5(string_agg('%s' || a.k, ',' order by a.k desc)) from %s a join %[2]s b on a.k = b.k group by a.n order by a.n limit 2", value, t), "0|42|t\n1|43|t"},
		{"select sum((j->>'a')::int) from (select jsonb_build_object('a', g, 'b', repeat('x', 50)) j from generate_series(1, 200) g) q", "20100"},
		{"savepoint s", ""},
		{fmt.Sprintf("insert into %s values (1, 'again', 0)", t), "ERROR 23505"},
		{"rollback to savepoint s", ""},
		{fmt.Sprintf("update %s set v = reverse(v) where k <= 100", t), ""},
		{fmt.Sprintf("select left(reverse(v), %d) = '%s' from %s where k = 77", len(value), value, t), "t"},
		{"rollback", ""},
		{fmt.Sprintf("select count(*) from %s", t), "0"},
		{"select 1 / 0", "ERROR 22012"},
	} {
		got, err := c.session.query(step.query)
		var refused *queryError
		if errors.As(err, &refused) {
			got, err = "ERROR "+refused.code, nil
		}
		if err != nil {
			return err
		}
		if got != step.want {
			c.answers.bad("postgres: %.60s: %.60q, not %.60q", step.query, got, step.want)
		} else {
			c.answers.good(1)
		}
	}
	return nil
}
