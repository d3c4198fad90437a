// Requests with 50 headers each, which are looked up in a BTreeMap from name to value, in Rust.
//
// planted:  each of 2,000 requests has a map of its own, of 100 strings and the map's nodes.
//           Must be found: rebuilt, in answer.
// harmless: the map is kept, and each request replaces the values of its headers, one by one.
//           Must not be found: rebuilt.
use std::collections::BTreeMap;

type Headers = BTreeMap<String, String>;

fn answer(request: usize, kept: Option<Headers>) -> Headers {
    let mut by_name = kept.unwrap_or_default();
    for i in 0..50 {
        by_name.insert(format!("the name of header {i}"), format!("the value {i} of request {request}")); // site: rebuilt
    }
    by_name
}

fn main() {
    let planted = std::env::args().nth(1).expect("planted|harmless") == "planted";
    let mut headers = None;
    for request in 0..2000 {
        if planted {
            headers = None;
        }
        headers = Some(answer(request, headers));
    }
    assert!(headers.is_some());
}
