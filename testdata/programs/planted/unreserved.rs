// 500 requests, for each of which 4,096 samples of 8 bytes are collected, in Rust.
//
// planted:  each collects them in a Vec of its own, which grows from 4 samples to 4,096 in 10 steps:
//           5,500 blocks where 500 would do. Must be found: unreserved-growth, at the marked line.
// harmless: one Vec, which is cleared and keeps its memory. Must not be found:
//           unreserved-growth.

fn collect(samples: &mut Vec<u64>, request: u64) -> u64 {
    for i in 0..4096 {
        samples.push(i ^ request); // site: unreserved-growth
    }
    samples[7]
}

fn main() {
    let planted = std::env::args().nth(1).expect("planted|harmless") == "planted";
    let mut reused = Vec::new();
    let mut sum = 0;
    for request in 0..500 {
        if planted {
            let mut samples = Vec::new();
            sum += collect(&mut samples, request);
        } else {
            reused.clear();
            sum += collect(&mut reused, request);
        }
    }
    assert!(sum > 0);
}
