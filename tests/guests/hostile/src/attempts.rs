//! What no connector may do: compute, hoard, recurse and talk without end, and look for ambient authority.

use counterfoil_sdk::{Error, Request, log};

/// The counter keeps the compiler from seeing a loop without effect.
pub(crate) fn spin() -> ! {
    let mut turns = 0_u64;
    loop {
        turns = std::hint::black_box(turns.wrapping_add(1));
    }
}

pub(crate) fn swell() -> usize {
    let mut hoard: Vec<Vec<u8>> = Vec::new();
    for _ in 0..1024 {
        hoard.push(std::hint::black_box(vec![1; 1 << 20]));
    }
    hoard.iter().map(Vec::len).sum()
}

/// Each level keeps a buffer alive across the call, so that it cannot become a loop.
pub(crate) fn dive(depth: u64) -> u64 {
    let buffer = std::hint::black_box([depth; 64]);
    if depth == u64::MAX {
        0
    } else {
        dive(depth + 1) + buffer[1]
    }
}

pub(crate) fn get(request: Request) -> Result<String, Error> {
    let response = request.send()?;
    Ok(format!(
        "{} {} {}",
        response.status(),
        response.header("location").unwrap_or("-"),
        response.text()
    ))
}

pub(crate) fn flood(target: &str) -> Result<String, Error> {
    for _ in 0..100 {
        Request::get(target).never_retry().send()?;
    }
    Ok("100 requests".into())
}

pub(crate) fn chatter() -> String {
    for number in 0..10_000 {
        log::info(&format!("line {number} {}", "x".repeat(10_000)), &[]);
    }
    "10000 lines".into()
}

/// Everything that a process could see without a door.
pub(crate) fn ambient() -> String {
    format!(
        "variables: {}, arguments: {}, root: {}, temporary: {}",
        std::env::vars().count(),
        std::env::args().count(),
        std::fs::read_dir("/").is_ok(),
        std::fs::write("/tmp/counterfoil-hostile", "x").is_ok(),
    )
}
