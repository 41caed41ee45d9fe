"use strict";

// What the page is to begin with stands in the attributes of its root, so that no script is written into it.
const root = document.getElementById("graphiql");
const { query, variables, headers } = root.dataset;

// Nothing is kept from visit to visit: the token of a demonstration changes, and the query is the one to begin with.
const forgetful = {
  length: 0,
  getItem: () => null,
  setItem: () => {},
  removeItem: () => {},
  clear: () => {},
};

ReactDOM.createRoot(root).render(
  React.createElement(GraphiQL, {
    fetcher: GraphiQL.createFetcher({ url: window.location.pathname }),
    query,
    variables,
    headers,
    storage: forgetful,
    defaultEditorToolsVisibility: "variables",
  }),
);
