DELETE FROM signature_staged
WHERE ends_ms <= $1
