"""pyHanko: validates signatures inside a PDF, and their time stamps."""

import base64
import io
import json
import logging
import os

from asn1crypto import x509
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.validation import validate_pdf_signature
from pyhanko_certvalidator import ValidationContext

from tap import check, run

# It logs the trace of each file that it does not trust, as some here are meant to be.
logging.getLogger("pyhanko").setLevel(logging.CRITICAL)

with open(os.environ["AIM_SIGNATURES"], encoding="utf-8") as prepared:
    PREPARED = json.load(prepared)
ROOT = x509.Certificate.load(base64.b64decode(PREPARED["root"]))


def validated(pdf, roots=(ROOT,)):
    """The status of the only signature."""
    (signature,) = PdfFileReader(io.BytesIO(pdf)).embedded_signatures
    context = ValidationContext(trust_roots=list(roots), allow_fetching=False)
    return validate_pdf_signature(signature, context, context)


def signed(level):
    return base64.b64decode(PREPARED["pades"][level])


@check
def signature_without_a_time_stamp_is_valid_and_trusted():
    status = validated(signed("b-b"))
    assert status.intact and status.valid and status.trusted and status.bottom_line, status.pretty_print_details()
    assert status.coverage.name == "ENTIRE_FILE", status.coverage
    assert status.timestamp_validity is None
    assert status.signing_cert.subject.native["serial_number"].startswith("PNOAZ-")


@check
def time_stamp_is_valid_and_trusted():
    status = validated(signed("b-t"))
    assert status.intact and status.valid and status.trusted and status.bottom_line, status.pretty_print_details()
    stamp = status.timestamp_validity
    assert stamp.intact and stamp.valid and stamp.trusted, stamp


@check
def signature_of_another_root_is_not_trusted():
    assert not validated(signed("b-t"), roots=()).trusted


@check
def flipped_byte_is_found():
    pdf = bytearray(signed("b-t"))
    pdf[pdf.index(b"MediaBox") + 12] ^= 1
    status = validated(bytes(pdf))
    assert not status.intact and not status.bottom_line, status.pretty_print_details()


@check
def what_is_added_later_is_not_covered():
    pdf = signed("b-t") + b"\n% later\n"
    status = validated(pdf)
    assert status.intact and status.coverage.name != "ENTIRE_FILE", status.coverage


@check
def each_of_two_signatures_is_valid_and_trusted():
    pdf = base64.b64decode(PREPARED["two"]["pades"])
    signatures = PdfFileReader(io.BytesIO(pdf)).embedded_signatures
    context = ValidationContext(trust_roots=[ROOT], allow_fetching=False)
    found = [validate_pdf_signature(signature, context, context) for signature in signatures]
    for status in found:
        assert status.bottom_line and status.timestamp_validity.trusted, status.pretty_print_details()
    # The first covers its revision, and what was added to it is no more than the second one.
    assert [status.coverage.name for status in found] == ["ENTIRE_REVISION", "ENTIRE_FILE"]
    assert found[0].modification_level.name == "FORM_FILLING", found[0].modification_level
    fins = [status.signing_cert.subject.native["serial_number"] for status in found]
    assert fins == ["PNOAZ-OTEST01", "PNOAZ-OTEST04"], fins
    # The second one was made once the first had its time stamp.
    assert found[0].timestamp_validity.timestamp <= found[1].timestamp_validity.timestamp


@check
def the_platform_says_the_same_of_files_that_were_changed():
    for checked in PREPARED["checked"]:
        status = validated(base64.b64decode(checked["file"]))
        passed = status.intact and status.valid and status.trusted
        assert passed == checked["passed"], checked["name"]
        if passed:
            assert (status.coverage.name == "ENTIRE_FILE") == checked["covers_all"], checked["name"]
    assert {checked["name"]: checked["passed"] for checked in PREPARED["checked"]} == {
        "good": True, "page": False, "time": False, "value": False, "later": True,
    }


run()
