//! The `OpenAPI` 3.1 document, made from the wire types. A test holds every answer against it.

use schemars::generate::{SchemaGenerator, SchemaSettings};
use schemars::{JsonSchema, Schema};
use serde_json::{Map, Value, json};

use crate::app::PAGE_ITEMS_MAX;
use crate::wire::{
    CountsBody, CustomerBody, CustomerInput, CustomersPage, DocumentBody, DocumentInput,
    DocumentsPage, EditInput, ErrorBody, InfoBody,
};

const DESCRIPTION: &str = "A small invoicing server for demos, tests and integrators. Amounts are decimal strings. \
    A line's net is quantity × unit price, rounded half away from zero, give or take one minor unit; where the \
    quantity is 1 the net stands for itself. References of documents are not unique. Any request may be answered by \
    the fault schedule, with any error status or with none.";

/// The document as JSON.
pub(crate) fn document() -> Value {
    let mut schemas = Schemas::new();
    let mut paths = Map::new();
    for operation in operations(&mut schemas) {
        let item = paths.entry(operation.path).or_insert_with(|| json!({}));
        item[operation.method] = operation.body;
    }
    json!({
        "openapi": "3.1.0",
        "info": {
            "title": "Counterfoil practice invoicing API",
            "version": env!("CARGO_PKG_VERSION"),
            "description": DESCRIPTION,
            "license": { "name": "Apache-2.0", "identifier": "Apache-2.0" },
        },
        "security": [{ "bearer": [] }],
        "paths": paths,
        "components": {
            "securitySchemes": { "bearer": { "type": "http", "scheme": "bearer" } },
            "schemas": schemas.definitions(),
        },
    })
}

/// Requests and answers are described apart: what may be left out of one is always present in the other.
struct Schemas {
    requests: SchemaGenerator,
    answers: SchemaGenerator,
}

impl Schemas {
    fn new() -> Self {
        let mut settings = SchemaSettings::draft2020_12();
        settings.definitions_path = "/components/schemas".into();
        settings.meta_schema = None;
        Self {
            requests: settings.clone().for_deserialize().into_generator(),
            answers: settings.for_serialize().into_generator(),
        }
    }

    fn request<T: JsonSchema>(&mut self) -> Schema {
        self.requests.subschema_for::<T>()
    }

    fn answer<T: JsonSchema>(&mut self) -> Schema {
        self.answers.subschema_for::<T>()
    }

    fn definitions(mut self) -> Map<String, Value> {
        let mut definitions = self.requests.take_definitions(true);
        definitions.extend(self.answers.take_definitions(true));
        definitions
    }
}

struct Operation {
    method: &'static str,
    path: &'static str,
    body: Value,
}

impl Operation {
    fn new(method: &'static str, path: &'static str, summary: &str) -> Self {
        let mut body = json!({ "summary": summary, "parameters": [], "responses": {} });
        if path.contains("{id}") {
            body["parameters"] = json!([{
                "name": "id", "in": "path", "required": true, "schema": { "type": "string" },
            }]);
        }
        Self { method, path, body }
    }

    /// An optional parameter of the query string.
    fn parameter(mut self, name: &str, description: &str, schema: &Value) -> Self {
        if let Value::Array(parameters) = &mut self.body["parameters"] {
            parameters.push(json!({
                "name": name, "in": "query", "required": false, "description": description, "schema": schema,
            }));
        }
        self
    }

    /// The parameters of a listing.
    fn paged(self) -> Self {
        self.parameter(
            "cursor",
            "The `next` of the page before.",
            &json!({ "type": "string" }),
        )
        .parameter(
            "limit",
            "Items of a page.",
            &json!({ "type": "integer", "minimum": 1, "maximum": PAGE_ITEMS_MAX, "default": 50 }),
        )
    }

    /// The change is refused unless the document has this version.
    fn versioned(self) -> Self {
        let description = "The version that the document must have.";
        self.parameter("version", description, &json!({ "type": "integer" }))
    }

    fn body(mut self, schema: Schema) -> Self {
        let schema = Value::from(schema);
        self.body["requestBody"] = json!({
            "required": true, "content": { "application/json": { "schema": schema } },
        });
        self
    }

    fn answers(mut self, status: &str, description: &str, schema: Schema) -> Self {
        let schema = Value::from(schema);
        self.body["responses"][status] = json!({
            "description": description, "content": { "application/json": { "schema": schema } },
        });
        self
    }

    /// The statuses of this endpoint's own refusals; any other error has the same shape.
    fn refuses(mut self, schemas: &mut Schemas, statuses: &[(&str, &str)]) -> Self {
        let always = [
            ("401", "The bearer token is missing or wrong."),
            ("default", "Any other error."),
        ];
        for (status, description) in statuses.iter().chain(&always) {
            let schema = schemas.answer::<ErrorBody>();
            self = self.answers(status, description, schema);
        }
        self
    }
}

const MALFORMED: (&str, &str) = ("400", "The body or the query string cannot be read.");
const NOT_FOUND: (&str, &str) = ("404", "There is nothing with this id.");
const INVALID: (&str, &str) = (
    "422",
    "Fields have values that are refused; all are listed.",
);
const NOT_DRAFT: (&str, &str) = ("409", "The document is no draft, or has another version.");

fn operations(schemas: &mut Schemas) -> Vec<Operation> {
    let mut operations = service_operations(schemas);
    operations.extend(customer_operations(schemas));
    operations.extend(document_operations(schemas));
    operations.extend(draft_operations(schemas));
    operations
}

fn service_operations(schemas: &mut Schemas) -> Vec<Operation> {
    let edit = schemas.request::<EditInput>();
    vec![
        Operation::new(
            "get",
            "/api/v1/info",
            "What the service does with what it is given",
        )
        .answers(
            "200",
            "The limits and habits of the service.",
            schemas.answer::<InfoBody>(),
        )
        .refuses(schemas, &[]),
        Operation::new(
            "get",
            "/api/v1/counts",
            "Count the documents held, by reference",
        )
        .paged()
        .answers("200", "A page of counts.", schemas.answer::<CountsBody>())
        .refuses(schemas, &[MALFORMED, INVALID]),
        Operation::new(
            "post",
            "/api/v1/admin/edit",
            "Edit a document behind the API's back, posted ones too",
        )
        .body(edit)
        .answers(
            "200",
            "The document after the edit.",
            schemas.answer::<DocumentBody>(),
        )
        .refuses(schemas, &[MALFORMED, NOT_FOUND, INVALID]),
    ]
}

fn customer_operations(schemas: &mut Schemas) -> Vec<Operation> {
    let input = schemas.request::<CustomerInput>();
    let taken = ("409", "Another customer has this reference.");
    vec![
        Operation::new(
            "get",
            "/api/v1/customers",
            "List customers, or find one by reference",
        )
        .parameter(
            "reference",
            "Only the customer with this reference.",
            &json!({ "type": "string" }),
        )
        .paged()
        .answers(
            "200",
            "A page of customers, ordered by id.",
            schemas.answer::<CustomersPage>(),
        )
        .refuses(schemas, &[MALFORMED, INVALID]),
        Operation::new("post", "/api/v1/customers", "Create a customer")
            .body(input)
            .answers("201", "The customer.", schemas.answer::<CustomerBody>())
            .refuses(schemas, &[MALFORMED, taken, INVALID]),
        Operation::new("get", "/api/v1/customers/{id}", "Read a customer")
            .answers("200", "The customer.", schemas.answer::<CustomerBody>())
            .refuses(schemas, &[NOT_FOUND]),
    ]
}

fn document_operations(schemas: &mut Schemas) -> Vec<Operation> {
    let input = schemas.request::<DocumentInput>();
    let day = json!({ "type": "string", "format": "date" });
    vec![
        Operation::new(
            "get",
            "/api/v1/documents",
            "List documents by issue date, or find them by reference",
        )
        .parameter(
            "reference",
            "Only documents with this reference; void ones too.",
            &json!({ "type": "string" }),
        )
        .parameter("first_day", "Issued on this day or later.", &day)
        .parameter("last_day", "Issued on this day or earlier.", &day)
        .paged()
        .answers(
            "200",
            "A page of documents, ordered by id.",
            schemas.answer::<DocumentsPage>(),
        )
        .refuses(schemas, &[MALFORMED, INVALID]),
        Operation::new("post", "/api/v1/documents", "Create a draft")
            .body(input)
            .answers("201", "The draft.", schemas.answer::<DocumentBody>())
            .refuses(schemas, &[MALFORMED, INVALID]),
        Operation::new(
            "post",
            "/api/v1/documents/{id}/post",
            "Post a draft: it gets its number and stays as it is",
        )
        .versioned()
        .answers(
            "200",
            "The posted document.",
            schemas.answer::<DocumentBody>(),
        )
        .refuses(schemas, &[MALFORMED, NOT_FOUND, NOT_DRAFT, INVALID]),
        Operation::new(
            "post",
            "/api/v1/documents/{id}/void",
            "Void a draft or a posted document",
        )
        .versioned()
        .answers(
            "200",
            "The void document; it keeps its number.",
            schemas.answer::<DocumentBody>(),
        )
        .refuses(
            schemas,
            &[
                MALFORMED,
                NOT_FOUND,
                (
                    "409",
                    "It is void already, is corrected by others, or has another version.",
                ),
            ],
        ),
    ]
}

fn draft_operations(schemas: &mut Schemas) -> Vec<Operation> {
    let input = schemas.request::<DocumentInput>();
    let mut delete = Operation::new("delete", "/api/v1/documents/{id}", "Delete a draft")
        .versioned()
        .refuses(schemas, &[MALFORMED, NOT_FOUND, NOT_DRAFT]);
    delete.body["responses"]["204"] = json!({ "description": "The draft is gone." });
    vec![
        Operation::new("get", "/api/v1/documents/{id}", "Read a document")
            .answers("200", "The document.", schemas.answer::<DocumentBody>())
            .refuses(schemas, &[NOT_FOUND]),
        Operation::new(
            "put",
            "/api/v1/documents/{id}",
            "Replace a draft with its lines",
        )
        .versioned()
        .body(input)
        .answers("200", "The draft.", schemas.answer::<DocumentBody>())
        .refuses(schemas, &[MALFORMED, NOT_FOUND, NOT_DRAFT, INVALID]),
        delete,
    ]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::amounts::DECIMAL_PATTERN;

    #[test]
    fn every_reference_of_the_document_leads_somewhere() {
        let document = document();
        let text = document.to_string();
        let mut count = 0;
        for part in text.split("\"$ref\":\"#").skip(1) {
            let pointer = part.split('"').next().unwrap();
            assert!(document.pointer(pointer).is_some(), "{pointer}");
            count += 1;
        }
        assert!(count > 20, "{count}");
        let net = &document["components"]["schemas"]["LineBody"]["properties"]["net"];
        assert_eq!(net["pattern"], DECIMAL_PATTERN);
    }
}
