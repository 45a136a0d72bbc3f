/** An MCP server over standard streams, which knows the weather of two cities. */
import { McpServer } from "@modelcontextprotocol/server";
import { serveStdio } from "@modelcontextprotocol/server/stdio";
import { z } from "zod";

const weather = new Map([["Paris", { temperature: 21, condition: "sunny" }], ["Rome", { temperature: 27, condition: "clear" }]]);

serveStdio(() => {
  const server = new McpServer({ name: "weather", version: "1.0.0" });
  server.registerTool("get_weather", { description: "Get the current weather of a city", inputSchema: z.object({ city: z.string() }) }, ({ city }) => {
    const found = weather.get(city);
    // What the model could do better is told to it, as the result; what is thrown would be an error of the protocol.
    if (!found) return { content: [{ type: "text", text: `The weather in ${city} is not known.` }], isError: true };
    return { content: [{ type: "text", text: JSON.stringify({ city, ...found }) }] };
  });
  return server;
});
