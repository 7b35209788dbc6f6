//! The attributes of a resource: values by name, in one piece of memory, since a store holds millions of them.

use std::collections::BTreeMap;
use std::fmt;
use std::ops::Index;

use schemars::JsonSchema;
use serde::de::{DeserializeSeed, MapAccess, Visitor};
use serde::ser::SerializeMap;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// Values in canonical text by name, in the order of the names.
#[derive(Clone, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Attributes {
    /// Name, value, name, value, …
    text: Box<str>,
    /// Where each of them ends.
    ends: Box<[u32]>,
}

impl Attributes {
    pub fn get(&self, name: &str) -> Option<&str> {
        self.iter()
            .find_map(|(known, value)| (known == name).then_some(value))
    }

    pub fn contains(&self, name: &str) -> bool {
        self.get(name).is_some()
    }

    pub fn len(&self) -> usize {
        self.ends.len() / 2
    }

    pub fn is_empty(&self) -> bool {
        self.ends.is_empty()
    }

    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        let (pairs, _) = self.ends.as_chunks::<2>();
        let mut begin = 0;
        pairs.iter().map(move |[name_end, value_end]| {
            let (name_end, value_end) = (*name_end as usize, *value_end as usize);
            let pair = (&self.text[begin..name_end], &self.text[name_end..value_end]);
            begin = value_end;
            pair
        })
    }

    /// As JSON: `{"name":"value",…}`, the same text for the same attributes.
    pub fn to_json(&self) -> String {
        serde_json::to_string(self).expect("texts have a JSON form")
    }
}

impl fmt::Debug for Attributes {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_map().entries(self.iter()).finish()
    }
}

impl Index<&str> for Attributes {
    type Output = str;

    /// Panics where there is no such attribute, as maps do.
    fn index(&self, name: &str) -> &str {
        self.get(name)
            .unwrap_or_else(|| panic!("there is no attribute `{name}`"))
    }
}

/// Of a name that comes more than once the last value counts.
impl<N: AsRef<str>, V: AsRef<str>> FromIterator<(N, V)> for Attributes {
    fn from_iter<I: IntoIterator<Item = (N, V)>>(pairs: I) -> Self {
        let mut building = Building::default();
        for (name, value) in pairs {
            building.push(name.as_ref());
            building.push(value.as_ref());
        }
        building.finish()
    }
}

impl<N: AsRef<str>, V: AsRef<str>, const COUNT: usize> From<[(N, V); COUNT]> for Attributes {
    fn from(pairs: [(N, V); COUNT]) -> Self {
        pairs.into_iter().collect()
    }
}

#[derive(Default)]
struct Building {
    text: String,
    ends: Vec<u32>,
}

impl Building {
    fn push(&mut self, text: &str) {
        self.text.push_str(text);
        let end = u32::try_from(self.text.len());
        self.ends
            .push(end.expect("the attributes of a resource are shorter than 4 GiB"));
    }

    fn finish(self) -> Attributes {
        let attributes = Attributes {
            text: self.text.into_boxed_str(),
            ends: self.ends.into_boxed_slice(),
        };
        let names = attributes.iter().map(|(name, _)| name);
        if names.is_sorted_by(|one, next| one < next) {
            return attributes;
        }
        let sorted: BTreeMap<&str, &str> = attributes.iter().collect();
        sorted.into_iter().collect()
    }
}

impl Serialize for Attributes {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(self.len()))?;
        for (name, value) in self.iter() {
            map.serialize_entry(name, value)?;
        }
        map.end()
    }
}

impl<'de> Deserialize<'de> for Attributes {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(MapVisitor)
    }
}

struct MapVisitor;

impl<'de> Visitor<'de> for MapVisitor {
    type Value = Attributes;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("attributes: texts by name")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Attributes, A::Error> {
        let mut building = Building::default();
        while map.next_key_seed(Push(&mut building))?.is_some() {
            map.next_value_seed(Push(&mut building))?;
        }
        Ok(building.finish())
    }
}

/// Takes a text over without one of its own in between.
struct Push<'a>(&'a mut Building);

impl<'de> DeserializeSeed<'de> for Push<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_str(self)
    }
}

impl Visitor<'_> for Push<'_> {
    type Value = ();

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a text")
    }

    fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<(), E> {
        self.0.push(text);
        Ok(())
    }
}

impl JsonSchema for Attributes {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Attributes".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({ "type": "object", "additionalProperties": { "type": "string" } })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn order_does_not_matter_and_the_last_value_counts() {
        let one = Attributes::from([("size", "1"), ("cluster", ""), ("size", "2")]);
        let other = Attributes::from([("cluster", ""), ("size", "2")]);
        assert_eq!(one, other);
        assert_eq!(one.len(), 2);
        assert_eq!((one.get("size"), one.get("cluster")), (Some("2"), Some("")));
        assert_eq!(one.get("siz"), None);
        assert_ne!(other, Attributes::from([("clustersize", "2"), ("", "")]));
    }

    #[test]
    fn json_goes_there_and_back() {
        let attributes = Attributes::from([("tags.env", "prod \"1\"\n"), ("name", "ä")]);
        let json = attributes.to_json();
        assert_eq!(json, r#"{"name":"ä","tags.env":"prod \"1\"\n"}"#);
        assert_eq!(
            serde_json::from_str::<Attributes>(&json).unwrap(),
            attributes
        );
        let unsorted = r#"{"tags.env":"prod \"1\"\n","name":"ä"}"#;
        assert_eq!(
            serde_json::from_str::<Attributes>(unsorted).unwrap(),
            attributes
        );
        assert!(serde_json::from_str::<Attributes>(r#"{"size":1}"#).is_err());
    }
}
