using System.Runtime.CompilerServices;

[assembly: InternalsVisibleTo("Pipeline.Journal.Tests")]
[assembly: InternalsVisibleTo("Pipeline.Service.Tests")]
