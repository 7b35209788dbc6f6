//! Every way to tamper with a chain is found, and the right record is named.

use proptest::prelude::*;

use super::*;

struct Chain {
    links: Vec<Link>,
    bodies: Vec<Option<String>>,
    head: Option<Anchor>,
}

fn body(text: &str) -> String {
    format!(r#"{{"net":"{text}"}}"#)
}

fn chain(count: usize) -> Chain {
    let mut links: Vec<Link> = Vec::new();
    let mut bodies = Vec::new();
    for number in 0..count {
        let text = body(&number.to_string());
        links.push(Link::after(links.last(), digest_of_text(&text).unwrap()));
        bodies.push(Some(text));
    }
    let head = links.last().map(Anchor::from);
    Chain {
        links,
        bodies,
        head,
    }
}

impl Chain {
    fn verify(&self, anchors: &[Anchor]) -> Result<Verified, ChainError> {
        let bodies = self.bodies.iter().map(Option::as_deref);
        verify(self.links.iter().zip(bodies), self.head.as_ref(), anchors)
    }

    /// Seals every link from an index on again, as somebody would who knows how.
    fn reseal(&mut self, from: usize) {
        for index in from..self.links.len() {
            let body = match &self.bodies[index] {
                Some(text) => digest_of_text(text).unwrap(),
                None => self.links[index].body,
            };
            let previous = index.checked_sub(1).map(|index| self.links[index]);
            self.links[index] = Link::after(previous.as_ref(), body);
        }
    }
}

proptest! {
    #[test]
    fn tampering_is_found_where_it_happened(count in 2usize..20, at in any::<prop::sample::Index>()) {
        let index = at.index(count);
        let number = i64::try_from(index).unwrap() + 1;
        let last = i64::try_from(count).unwrap();
        prop_assert_eq!(chain(count).verify(&[]).map(|it| it.links), Ok(last));

        let mut edited = chain(count);
        edited.bodies[index] = Some(body("other"));
        prop_assert_eq!(edited.verify(&[]), Err(ChainError::BodyEdited { number }));

        // Body and link edited, and this one link sealed again: the next one, or the head, tells.
        let mut resealed = chain(count);
        resealed.bodies[index] = Some(body("other"));
        let previous = index.checked_sub(1).map(|index| resealed.links[index]);
        let digest = digest_of_text(&body("other")).unwrap();
        resealed.links[index] = Link::after(previous.as_ref(), digest);
        prop_assert_eq!(resealed.verify(&[]), Err(ChainError::Replaced { number }));

        let mut unsealed = chain(count);
        unsealed.bodies[index] = None;
        unsealed.links[index].body = digest;
        prop_assert_eq!(unsealed.verify(&[]), Err(ChainError::LinkEdited { number }));

        let mut removed = chain(count);
        removed.links.remove(index);
        removed.bodies.remove(index);
        let expected = if number == last {
            ChainError::CutOff { number, last }
        } else {
            ChainError::Removed { number }
        };
        prop_assert_eq!(removed.verify(&[]), Err(expected));

        let mut cut = chain(count);
        cut.links.truncate(index);
        cut.bodies.truncate(index);
        prop_assert_eq!(cut.verify(&[]), Err(ChainError::CutOff { number, last }));
        // With a head that was set back, only what is kept outside tells.
        let anchor = cut.head.unwrap();
        cut.head = cut.links.last().map(Anchor::from);
        prop_assert!(cut.verify(&[]).is_ok());
        prop_assert_eq!(cut.verify(&[anchor]), Err(ChainError::CutOff { number, last }));

        // The whole chain written anew from here on, head included.
        let mut anew = chain(count);
        anew.bodies[index] = Some(body("other"));
        anew.reseal(index);
        anew.head = anew.links.last().map(Anchor::from);
        prop_assert!(anew.verify(&[]).is_ok());
        prop_assert_eq!(anew.verify(&[anchor]), Err(ChainError::NotAnchored { number: last }));
    }
}

#[test]
fn bodies_may_expire_and_white_space_does_not_matter() {
    let mut chain = chain(3);
    chain.bodies[0] = None;
    chain.bodies[1] = Some("{ \"net\" :  \"1\" }".to_owned());
    let verified = chain.verify(&[]).unwrap();
    assert_eq!((verified.bodies, verified.without_body), (2, 1));
    chain.bodies[1] = Some("{\"net\":\"1\",\"more\":1}".to_owned());
    assert_eq!(
        chain.verify(&[]).unwrap_err().to_string(),
        "counterfoil 2 was edited: its body does not fit its link"
    );
}

#[test]
fn an_empty_chain_holds_and_an_added_link_does_not() {
    assert_eq!(chain(0).verify(&[]), Ok(Verified::default()));
    let mut longer = chain(3);
    longer.head = Some(Anchor::from(&longer.links[1]));
    assert_eq!(longer.verify(&[]), Err(ChainError::Added { number: 3 }));
    let mut doubled = chain(2);
    doubled.links.push(doubled.links[1]);
    doubled.bodies.push(None);
    assert_eq!(
        doubled.verify(&[]),
        Err(ChainError::OutOfOrder { number: 2 })
    );
}
