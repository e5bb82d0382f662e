DELETE FROM message_unsubscribed
WHERE citizen = $1 AND service = $2
