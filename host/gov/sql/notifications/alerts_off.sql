SELECT citizen
FROM message_alerts_off
WHERE citizen = $1
