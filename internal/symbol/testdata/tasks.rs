// Functions that only their source's names tell apart: async functions and blocks, closures in
// closures, generic functions for several types, methods of generic types.
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll, RawWaker, RawWakerVTable, Waker};

#[derive(Clone)]
pub struct Leaf {
    pub number: u64,
    pub bytes: [u64; 5],
}

pub mod server {
    use super::Leaf;

    pub async fn login(n: u64) -> Vec<Leaf> {
        let mut leaves = Vec::new();
        for i in 0..n {
            leaves.push(Leaf { number: i, bytes: [i; 5] });
        }
        super::pause().await;
        leaves
    }

    pub fn block(n: u64) -> impl std::future::Future<Output = usize> {
        async move {
            let leaves = login(n).await;
            leaves.iter().map(|l| keep(&[l.number, l.bytes[0]]).into_iter().filter(|n| *keep(n) > 2).count()).sum()
        }
    }

    #[inline(never)]
    pub fn keep<T: Clone>(t: &T) -> Box<T> {
        Box::new(t.clone())
    }

    pub struct Pool<T> {
        items: Vec<T>,
    }

    impl<T: Clone> Pool<T> {
        pub fn new() -> Self {
            Pool { items: Vec::new() }
        }

        #[inline(never)]
        pub fn add(&mut self, t: &T) -> usize {
            (0..3).for_each(|_| self.items.push(t.clone()));
            self.items.len()
        }
    }

    impl Pool<String> {
        #[inline(never)]
        pub fn shortest(&self) -> Option<Box<String>> {
            self.items.iter().map(|s| Box::new(s.clone())).min()
        }
    }
}

struct Yield(bool);

impl Future for Yield {
    type Output = ();
    fn poll(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<()> {
        if std::mem::replace(&mut self.0, true) {
            Poll::Ready(())
        } else {
            Poll::Pending
        }
    }
}

pub async fn pause() {
    Yield(false).await
}

fn waker() -> Waker {
    fn clone(_: *const ()) -> RawWaker {
        RawWaker::new(std::ptr::null(), &TABLE)
    }
    fn nothing(_: *const ()) {}
    static TABLE: RawWakerVTable = RawWakerVTable::new(clone, nothing, nothing, nothing);
    unsafe { Waker::from_raw(clone(std::ptr::null())) }
}

fn run<F: Future>(f: F) -> F::Output {
    let mut f = Box::pin(f);
    let waker = waker();
    let mut context = Context::from_waker(&waker);
    loop {
        if let Poll::Ready(r) = f.as_mut().poll(&mut context) {
            return r;
        }
    }
}

fn main() {
    let n = run(server::block(1000));
    let mut numbers = server::Pool::new();
    let mut words = server::Pool::new();
    let k = numbers.add(&n) + words.add(&n.to_string());
    println!("{} {} {:?}", n, k, words.shortest());
}
