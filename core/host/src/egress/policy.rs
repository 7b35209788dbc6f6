//! What a request may be: its origin, scheme and path. It sees no headers and no bodies.

use std::net::IpAddr;

use url::{Host, Url};

use crate::grant::{Origin, is_loopback};
use crate::manifest::ConnectorKind;

/// What one connection may reach.
#[derive(Debug)]
pub(crate) struct Policy {
    pub(crate) kind: ConnectorKind,
    /// What the manifest asks for under these settings.
    pub(crate) asked: Vec<Origin>,
    /// What the pipeline grants.
    pub(crate) granted: Vec<Origin>,
    /// Paths whose POST only reads.
    pub(crate) read_paths: Vec<String>,
}

impl Policy {
    /// Why a URL may not be reached, if so.
    pub(super) fn refuse(&self, url: &Url) -> Option<String> {
        let Some(origin) = Origin::of_url(url) else {
            return Some(format!(
                "{}: only http and https are possible",
                url.scheme()
            ));
        };
        if !url.username().is_empty() || url.password().is_some() {
            return Some("the URL carries user information".to_owned());
        }
        let host = url.host()?;
        if address(&host).is_some_and(is_link_local) {
            return Some(format!(
                "{origin} is a link-local address, where clouds keep their credentials"
            ));
        }
        if !self.asked.contains(&origin) {
            return Some(format!(
                "{origin} is not an origin that the manifest asks for (http.origins)"
            ));
        }
        if !self.granted.contains(&origin) {
            return Some(format!(
                "{origin} is not granted by the pipeline (grant.http)"
            ));
        }
        if url.scheme() == "http" && !is_loopback(&host) {
            return Some(format!(
                "{origin} is not encrypted; http is for this machine only"
            ));
        }
        None
    }

    /// Whether a request changes something at the remote, as far as its method and path tell.
    pub(super) fn writes(&self, method: &reqwest::Method, url: &Url) -> bool {
        if matches!(*method, reqwest::Method::GET | reqwest::Method::HEAD) {
            return false;
        }
        let reads = *method == reqwest::Method::POST
            && self
                .read_paths
                .iter()
                .any(|pattern| path_matches(pattern, url.path()));
        !reads
    }
}

fn address(host: &Host<&str>) -> Option<IpAddr> {
    match host {
        Host::Domain(_) => None,
        Host::Ipv4(address) => Some(IpAddr::V4(*address)),
        Host::Ipv6(address) => Some(IpAddr::V6(*address)),
    }
}

/// `169.254.0.0/16`, `fe80::/10` and the IPv6 address of the same service: refused even when granted, and even when a name leads
/// there.
pub(crate) fn is_link_local(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => address.is_link_local(),
        IpAddr::V6(address) => {
            address.is_unicast_link_local()
                || address
                    .to_ipv4_mapped()
                    .is_some_and(|mapped| mapped.is_link_local())
                || address.segments() == [0xfd00, 0xec2, 0, 0, 0, 0, 0, 0x254]
        }
    }
}

/// A pattern with `*` for one segment or a part of it.
fn path_matches(pattern: &str, path: &str) -> bool {
    let (mut patterns, mut segments) = (pattern.split('/'), path.split('/'));
    loop {
        match (patterns.next(), segments.next()) {
            (None, None) => return true,
            (Some(pattern), Some(segment)) if segment_matches(pattern, segment) => {}
            _ => return false,
        }
    }
}

fn segment_matches(pattern: &str, segment: &str) -> bool {
    let Some((start, rest)) = pattern.split_once('*') else {
        return pattern == segment;
    };
    let Some(tail) = segment.strip_prefix(start) else {
        return false;
    };
    let ends = tail.char_indices().map(|(at, _)| at).chain([tail.len()]);
    ends.into_iter()
        .any(|at| segment_matches(rest, &tail[at..]))
}

#[cfg(test)]
mod tests {
    use reqwest::Method;

    use super::*;

    fn policy(granted: &[&str], asked: &[&str]) -> Policy {
        let origins = |texts: &[&str]| texts.iter().map(|text| text.parse().unwrap()).collect();
        Policy {
            kind: ConnectorKind::Sink,
            asked: origins(asked),
            granted: origins(granted),
            read_paths: vec!["/json/2/*/search_read".into(), "/v*/find".into()],
        }
    }

    #[test]
    fn only_what_is_asked_for_and_granted_is_reached() {
        let origins = [
            "https://erp.example.net",
            "http://127.0.0.1:8069",
            "http://localhost:80",
            "http://[::1]:8069",
            "http://10.0.0.5",
            "https://10.0.0.5",
            "http://169.254.169.254",
            "https://[::ffff:169.254.169.254]",
        ];
        let policy = policy(&origins, &origins);
        let refused = |url: &str| policy.refuse(&Url::parse(url).unwrap());
        for url in [
            "https://erp.example.net/a",
            "https://ERP.example.net:443/a",
            "http://127.0.0.1:8069/",
            "http://localhost/",
            "http://[::1]:8069/",
            "https://10.0.0.5/",
        ] {
            assert_eq!(refused(url), None, "{url}");
        }
        for (url, why) in [
            ("http://erp.example.net/", "asks for"),
            ("https://erp.example.net:8443/", "asks for"),
            ("https://erp.example.net.evil.example/", "asks for"),
            ("https://erp.example.net@evil.example/", "user information"),
            ("http://127.0.0.1:8069@evil.example/", "user information"),
            ("http://10.0.0.5/", "not encrypted"),
            ("http://169.254.169.254/latest/", "link-local"),
            ("https://[::ffff:169.254.169.254]/", "link-local"),
            ("file:///etc/passwd", "only http"),
        ] {
            let refused = refused(url).unwrap_or_default();
            assert!(refused.contains(why), "{url}: {refused}");
        }
    }

    #[test]
    fn a_grant_alone_or_a_wish_alone_is_not_enough() {
        let url = Url::parse("https://erp.example.net/").unwrap();
        let granted_only = policy(&["https://erp.example.net"], &[])
            .refuse(&url)
            .unwrap();
        assert!(granted_only.contains("manifest asks for"), "{granted_only}");
        let asked_only = policy(&[], &["https://erp.example.net"])
            .refuse(&url)
            .unwrap();
        assert!(asked_only.contains("grant.http"), "{asked_only}");
    }

    #[test]
    fn a_post_to_a_read_path_only_reads() {
        let policy = policy(&[], &[]);
        let writes = |method, url: &str| policy.writes(&method, &Url::parse(url).unwrap());
        assert!(!writes(Method::GET, "https://x.example/invoices"));
        assert!(!writes(
            Method::POST,
            "https://x.example/json/2/account.move/search_read?limit=5"
        ));
        assert!(!writes(Method::POST, "https://x.example/v2/find"));
        assert!(writes(
            Method::POST,
            "https://x.example/json/2/account.move/create"
        ));
        assert!(writes(
            Method::POST,
            "https://x.example/json/2/a/b/search_read"
        ));
        assert!(writes(Method::POST, "https://x.example/json/2/search_read"));
        assert!(writes(
            Method::POST,
            "https://x.example/json/2/a/search_read/../create"
        ));
        assert!(writes(Method::PUT, "https://x.example/v2/find"));
    }
}
