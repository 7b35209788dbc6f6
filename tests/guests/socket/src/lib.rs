//! A source that opens a socket by itself, so that it imports what no connector may. The tests of `core/host` load it.

use counterfoil_sdk::source::{Context, Coverage, Offer, SourceInfo};
use counterfoil_sdk::{Error, Source};

struct Socket;

impl Source for Socket {
    fn describe() -> Result<SourceInfo, Error> {
        Ok(SourceInfo {
            kinds: vec![],
            extras: vec![],
        })
    }

    fn check() -> Result<String, Error> {
        let connected = std::net::TcpStream::connect("127.0.0.1:80");
        Ok(format!("connected: {}", connected.is_ok()))
    }

    fn offers(_: &Context) -> Result<Vec<Offer>, Error> {
        Ok(vec![])
    }

    fn discover(_: &Context, _: &Offer) -> Result<Coverage, Error> {
        Err(Error::unsupported("nothing to discover"))
    }
}

counterfoil_sdk::export_source!(
    Socket,
    manifest = "../connector.toml",
    schema = "../config.schema.json"
);
