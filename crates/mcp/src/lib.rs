//! ncgate as an MCP server.
