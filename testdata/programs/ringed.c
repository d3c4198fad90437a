/* Threads that wait in the calls of an io_uring: for a timeout of its own, for a while in
 * the call itself, and for an entry that comes at the end. A wait that ends before its
 * time, or with an error, is wrong. What it writes is what teller.h says; where the system
 * has no io_uring it ends with status 77. */
#define _GNU_SOURCE
#include "teller.h"
#include <linux/io_uring.h>
#include <linux/time_types.h>
#include <pthread.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/syscall.h>

struct ring {
	int fd;
	unsigned *head, *tail, *mask, *array;    /* of what is asked */
	unsigned *done_head, *done_tail, *done_mask; /* of what was answered */
	struct io_uring_sqe *asked;
	struct io_uring_cqe *done;
};

static int last; /* what is read at the end */

static int make(struct ring *r)
{
	struct io_uring_params p = {0};
	r->fd = (int)syscall(SYS_io_uring_setup, 4, &p);
	if (r->fd < 0)
		return 0;
	size_t size = p.sq_off.array + p.sq_entries * sizeof(unsigned), done = p.cq_off.cqes + p.cq_entries * sizeof(struct io_uring_cqe);
	char *s = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_POPULATE, r->fd, IORING_OFF_SQ_RING);
	char *c = mmap(NULL, done, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_POPULATE, r->fd, IORING_OFF_CQ_RING);
	r->asked = mmap(NULL, p.sq_entries * sizeof(struct io_uring_sqe), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_POPULATE, r->fd, IORING_OFF_SQES);
	r->head = (unsigned *)(s + p.sq_off.head);
	r->tail = (unsigned *)(s + p.sq_off.tail);
	r->mask = (unsigned *)(s + p.sq_off.ring_mask);
	r->array = (unsigned *)(s + p.sq_off.array);
	r->done_head = (unsigned *)(c + p.cq_off.head);
	r->done_tail = (unsigned *)(c + p.cq_off.tail);
	r->done_mask = (unsigned *)(c + p.cq_off.ring_mask);
	r->done = (struct io_uring_cqe *)(c + p.cq_off.cqes);
	return s != MAP_FAILED && c != MAP_FAILED && r->asked != MAP_FAILED;
}

/* Asks, waits for the answer, and returns it; -1000 - errno if the wait fails. */
static int ask(struct ring *r, const struct io_uring_sqe *what)
{
	unsigned at = *r->tail & *r->mask;
	r->asked[at] = *what;
	r->array[at] = at;
	__atomic_store_n(r->tail, *r->tail + 1, __ATOMIC_RELEASE);
	if (syscall(SYS_io_uring_enter, r->fd, 1, 0, 0, NULL, 0) != 1)
		return -1000 - errno;
	if (syscall(SYS_io_uring_enter, r->fd, 0, 1, IORING_ENTER_GETEVENTS, NULL, 0) < 0)
		return -1000 - errno;
	if (*r->done_head == __atomic_load_n(r->done_tail, __ATOMIC_ACQUIRE))
		return -2000;
	int answer = r->done[*r->done_head & *r->done_mask].res;
	__atomic_store_n(r->done_head, *r->done_head + 1, __ATOMIC_RELEASE);
	return answer;
}

static void *times(void *given)
{
	(void)given;
	struct ring r;
	if (!make(&r))
		_exit(77);
	while (!is_over()) {
		struct __kernel_timespec t = {0, 3000000};
		struct io_uring_sqe what = {.opcode = IORING_OP_TIMEOUT, .addr = (unsigned long)&t, .len = 1};
		int answer = ask(&r, &what);
		if (answer != -ETIME)
			fprintf(stderr, "a timeout is answered with %d\n", answer);
		turn(answer == -ETIME);
		void *volatile p = malloc(100);
		free(p);
	}
	return NULL;
}

static void *reads(void *given)
{
	(void)given;
	struct ring r;
	if (!make(&r))
		_exit(77);
	unsigned long got = 0;
	struct io_uring_sqe what = {.opcode = IORING_OP_READ, .fd = last, .addr = (unsigned long)&got, .len = sizeof(got)};
	int answer = ask(&r, &what);
	if (answer != sizeof(got))
		fprintf(stderr, "a read is answered with %d\n", answer);
	turn(answer == sizeof(got) && got == 5);
	return NULL;
}

int main(int argc, char **argv)
{
	tell_begin(argc, argv);
	last = eventfd(0, 0);
	struct ring tried;
	if (last < 0 || !make(&tried))
		return 77;
	pthread_t all[3];
	pthread_create(&all[0], NULL, times, NULL);
	pthread_create(&all[1], NULL, reads, NULL);
	pthread_create(&all[2], NULL, times, NULL);
	tell_until_end(NULL);
	eventfd_write(last, 5);
	for (int i = 0; i < 3; i++)
		pthread_join(all[i], NULL);
	tell();
	return 0;
}
