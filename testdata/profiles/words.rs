use std::collections::HashMap;

#[global_allocator]
static ALLOC: dhat::Alloc = dhat::Alloc;

fn count(text: &str) -> HashMap<String, usize> {
    let mut words = HashMap::new();
    for w in text.split(' ') {
        *words.entry(w.to_string()).or_insert(0) += 1;
    }
    words
}

fn main() {
    if std::env::args().nth(1).as_deref() == Some("ad-hoc") {
        let _p = dhat::Profiler::builder().ad_hoc().build();
        for i in 0..10 { dhat::ad_hoc_event(i); }
        dhat::ad_hoc_event(100);
        return;
    }
    let _p = dhat::Profiler::new_heap();
    let words = count(&"the quick brown fox jumps over the lazy dog ".repeat(20));
    let mut v: Vec<_> = words.into_iter().collect();
    v.sort();
    std::mem::forget(v);
}
