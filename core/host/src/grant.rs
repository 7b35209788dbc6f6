//! What a pipeline grants a connector: origins and a folder. How a request is held against it is the policy's.

use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;

use url::{Host, Url};

/// What a pipeline grants. Nothing unless it is said.
#[derive(Clone, Debug, Default)]
pub struct Grant {
    /// Exact origins; a request reaches only those that the manifest asks for, too.
    pub http: Vec<Origin>,
    /// The folder below which files may be read.
    pub files: Option<PathBuf>,
}

/// Scheme, host and port.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Origin {
    scheme: String,
    /// As in a URL: IPv6 addresses in brackets.
    host: String,
    port: u16,
}

/// Failed to read an origin.
#[derive(Debug, thiserror::Error)]
pub enum OriginError {
    #[error("read {text:?} as a URL")]
    Url {
        text: String,
        #[source]
        source: url::ParseError,
    },
    #[error("accept {text:?} as an origin: only http and https have one")]
    Scheme { text: String },
    #[error("accept {text:?} as an origin: it ends after the host and the port")]
    Rest { text: String },
}

impl Origin {
    /// The origin of a URL, whatever comes after the port.
    pub fn of(url: &str) -> Result<Self, OriginError> {
        let parsed = Url::parse(url).map_err(|source| OriginError::Url {
            text: url.to_owned(),
            source,
        })?;
        Self::of_url(&parsed).ok_or_else(|| OriginError::Scheme {
            text: url.to_owned(),
        })
    }

    pub(crate) fn of_url(url: &Url) -> Option<Self> {
        if !matches!(url.scheme(), "http" | "https") {
            return None;
        }
        Some(Self {
            scheme: url.scheme().to_owned(),
            host: url.host_str()?.to_owned(),
            port: url.port_or_known_default()?,
        })
    }
}

impl FromStr for Origin {
    type Err = OriginError;

    fn from_str(text: &str) -> Result<Self, OriginError> {
        let origin = Self::of(text)?;
        let rest = Url::parse(text).is_ok_and(|url| {
            url.path() != "/"
                || url.query().is_some()
                || url.fragment().is_some()
                || !url.username().is_empty()
                || url.password().is_some()
        });
        if rest {
            Err(OriginError::Rest {
                text: text.to_owned(),
            })
        } else {
            Ok(origin)
        }
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { scheme, host, port } = self;
        match (scheme.as_str(), port) {
            ("http", 80) | ("https", 443) => write!(formatter, "{scheme}://{host}"),
            _ => write!(formatter, "{scheme}://{host}:{port}"),
        }
    }
}

/// Whether a host is this machine by its very name: no resolver is asked.
pub(crate) fn is_loopback(host: &Host<&str>) -> bool {
    match host {
        Host::Domain(name) => name.eq_ignore_ascii_case("localhost"),
        Host::Ipv4(address) => address.is_loopback(),
        Host::Ipv6(address) => address.is_loopback(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_origin_is_scheme_host_and_port() {
        let origin: Origin = "https://ERP.example.net:443/".parse().unwrap();
        assert_eq!(origin.to_string(), "https://erp.example.net");
        assert_eq!(Origin::of("https://erp.example.net/a?b").unwrap(), origin);
        assert_ne!(Origin::of("http://erp.example.net:443").unwrap(), origin);
        for text in [
            "erp.example.net",
            "ftp://x.example",
            "https://x.example/a",
            "https://u@x.example",
        ] {
            assert!(text.parse::<Origin>().is_err(), "{text}");
        }
    }
}
