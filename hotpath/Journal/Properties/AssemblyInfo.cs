using System.Runtime.CompilerServices;

[assembly: InternalsVisibleTo("Pipeline.Journal.Tests")]
