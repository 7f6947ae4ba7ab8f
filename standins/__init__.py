"""Local Slack, PagerDuty and Jira that speak the vendors' protocols, for the demo and the tests."""
